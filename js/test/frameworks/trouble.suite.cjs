require("./trouble.cjs").declare(require("wsproof/test"));
