"""Training of mes-fr-small: a small French-English sentence encoder for health records."""
