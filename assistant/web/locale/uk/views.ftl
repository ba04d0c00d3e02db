# The pages beside the conversation.

tab-ask = Запитання
