"""The product on one machine: an emulated AWS, both vendors' simulators, and programs that use them."""
