"""Resources as handles read them."""
