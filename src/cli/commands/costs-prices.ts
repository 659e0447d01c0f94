import { findPrice } from "../../costs/find-price.ts";
import { PRICE_BOOK, PRICE_BOOK_VERSION } from "../../costs/price-book.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { nearestName } from "../../language/yaml/nearest-name.ts";
import type { Price } from "../../plan/price.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openProject } from "../open-costs.ts";
import { renderTable } from "../table.ts";

/** `costs prices [MODEL]`: the price book and the project's own prices, or the one that counts for a model. */
export const run: CommandRunner = async ({ args, out }) => {
  const { prices: list = {} } = openProject().costs;
  const [model] = args;
  const found = model === undefined ? undefined : findPrice(model, { list });
  if (model !== undefined && found === undefined) {
    const near = nearestName(
      model,
      PRICE_BOOK.map((entry) => entry.model),
    );
    throw new DiagnosticError([
      createDiagnostic({
        code: "cli/not-found",
        message: `nobody knows what ${model} costs`,
        hint: `${near === undefined ? "" : `did you mean ${near}? `}give the agent a \`price:\`, or the project \`prices:\``,
      }),
    ]);
  }
  const own = Object.keys(list).map((name) => findPrice(name, { list }));
  const all =
    found === undefined ? [...own, ...PRICE_BOOK.map((entry) => ({ ...entry, book: PRICE_BOOK_VERSION }))] : [found];
  const prices = all.filter((one) => one !== undefined).map(({ price, ...rest }) => ({ ...rest, ...price }));
  out.data({ priceBook: PRICE_BOOK_VERSION, ...(model === undefined ? {} : { asked: model }), prices });
  const head = ["model", "price", "date", "source"];
  const rows = prices.map((one) => [one.model, textOf(one), one.date ?? "", one.source]);
  out.text(`${renderTable(head, rows)}\n\nPrice book ${PRICE_BOOK_VERSION}. Tokens: US dollars per million.`);
  return EXIT.ok;
};

function textOf(price: Price): string {
  if (price.unit !== "tokens") {
    const each = `$${price.usd} a ${price.unit.slice(0, -1)}`;
    return price.perCall === undefined ? each : `${each}, ${price.perCall} a call`;
  }
  const { input, output, cacheRead = input, cacheWrite = input, long } = price;
  const rates = `in ${input}, out ${output}, cache read ${cacheRead}, write ${cacheWrite}`;
  return long === undefined ? rates : `${rates}; above ${long.above}: in ${long.input}, out ${long.output}`;
}
