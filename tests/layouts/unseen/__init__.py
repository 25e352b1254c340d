"""Papers by somebody who has not seen the reading rules. They are measured; who mends rules by them writes others first."""
