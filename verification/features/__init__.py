"""What is measured on aligned crops of either spectrum, and what is learned of it.

Crops are filtered (`filters`), described patch by patch (`dense`), reduced (`reduction`), mapped
from one spectrum to the other (`mapping`), and matched by regression (`one_vs_all`).
"""
