# The pages beside the conversation.

tab-ask = Poser une question
