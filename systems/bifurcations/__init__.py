"""Fields that are learned together with their parameter, and what is read off them."""
