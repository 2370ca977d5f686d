// The package and the core module in workerd, which takes modules and no bytes to compile.
import * as evenhand from "evenhand";
import core from "evenhand.core.wasm";
import answers from "answers.bin";
import inputs from "inputs.bin";
import names from "names.txt";
import { read, runCore, runPackage } from "suite.mjs";

export default {
  async test() {
    const [asked, wanted, called] = [inputs, answers, names].map((file) => new Uint8Array(file));
    const questions = read({ inputs: asked, answers: wanted, names: called });
    const right = [await runPackage("workerd", evenhand, questions), await runCore("workerd", core, questions)];
    if (!right.every(Boolean)) throw new Error("not every answer is the wanted one");
  },
};
