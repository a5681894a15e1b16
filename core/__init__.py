"""What a conversation is. Knows no chat platform; imports nothing of adapters or bots."""
