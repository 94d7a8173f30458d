"""What generic code and all designs agree on: the record of a design, its registers, ports and refusals."""
