// Programs for Afar alone are shown in the colors of Python.
for (const block of document.querySelectorAll("code.language-afr")) {
    block.classList.replace("language-afr", "language-python");
    hljs.highlightBlock(block);
}
