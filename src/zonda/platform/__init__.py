"""What carries Zonda's loop: asyncio, and bridges to other libraries' loops and resolvers."""
