"""What the product costs in AWS: loads played on the whole product in one process, every call counted and priced."""
