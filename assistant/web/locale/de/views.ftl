# The pages beside the conversation.

tab-ask = Fragen stellen
