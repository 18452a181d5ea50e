"""What this system is made of, and whether that may be trusted: locks, licences, advisories, the bill, the builds."""
