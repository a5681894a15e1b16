"""The model side: the streaming client and its wire formats. The only importer of httpx but one."""
