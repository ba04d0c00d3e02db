# The pages beside the conversation.

tab-ask = Ask questions
