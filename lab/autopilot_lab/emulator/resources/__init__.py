"""CloudFormation resource types that moto does not know, or knows too little about."""
