print("bitexact")
