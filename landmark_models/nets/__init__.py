"""The networks, in torch; they are needed to train and to export only."""
