"""What AWS refuses and moto lets through, and what AWS answers and moto does not."""
