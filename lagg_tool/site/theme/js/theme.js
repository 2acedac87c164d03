// The theme that the reader chose, set before the page is drawn; site.js has the rest.
try {
  const theme = localStorage.getItem("site-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch { /* a file may have no storage */ }
