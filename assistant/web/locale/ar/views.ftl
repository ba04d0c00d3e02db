# The pages beside the conversation.

tab-ask = الأسئلة
