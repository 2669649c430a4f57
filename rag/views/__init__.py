"""The pages that Streamlit draws; what they say and show is computed in ``rag/page/``."""
