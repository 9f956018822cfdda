"""Our compliance check beside an independent scanner's, over one served lab."""
