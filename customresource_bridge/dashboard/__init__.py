"""Pages of Horizon about the requests of custom resources, with the rights of the user who is logged in."""
