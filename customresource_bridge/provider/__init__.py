"""What a provider runs beside its handler: claims requests from its queue, calls the handler, answers for it."""
