"""ViTALiTy (HPCA 2023, arXiv 2211.05109): linear Taylor attention."""
