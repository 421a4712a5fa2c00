Pages = dict
def pages():
    return {}
