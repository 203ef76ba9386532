// Adds the panel to the developer tools.
chrome.devtools.panels.create("WSproof", "icon.png", "panel.html");
