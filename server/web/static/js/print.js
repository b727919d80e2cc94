// Printing is the whole purpose of this page: offer it at once.

document.getElementById("print").addEventListener("click", () => window.print());
