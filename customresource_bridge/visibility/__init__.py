"""What is going on with a project's requests, out of what Heat, Mistral and Zaqar say to a user who may ask them."""
