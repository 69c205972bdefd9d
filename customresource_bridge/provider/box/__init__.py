"""The box a handler runs in: what it may see, use and leave behind. By Linux's own means, without root too."""
