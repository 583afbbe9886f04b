"""What tests look for in a PDF."""


def embedded(page):
    """Return the names of the fonts whose files are inside, forms within forms included."""
    found, waiting = set(), [page["/Resources"]]
    while waiting:
        resources = waiting.pop().get_object()
        for font in resources.get("/Font", {}).values():
            face = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = face["/FontDescriptor"]
            if {"/FontFile2", "/FontFile3"} & set(descriptor):
                found.add(str(descriptor["/FontName"]))
        for form in resources.get("/XObject", {}).values():
            if "/Resources" in form.get_object():
                waiting.append(form.get_object()["/Resources"])
    return found
