require("./testees.cjs").declare(require("wsproof/test"), __dirname);
