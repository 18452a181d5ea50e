// The limits of what the API takes, by its description, for the forms: `node limits.js` writes src/api/limits.ts.
import { readFileSync, writeFileSync } from "node:fs";

const LIMITS = ["maxLength", "maxItems", "minimum", "maximum"];
const PAGING = ["cursor", "limit"];
const here = (path) => new URL(path, import.meta.url);
const { paths, components } = JSON.parse(
  readFileSync(here("../functions/system/system_app/openapi.json"), "utf8"),
);

/** The limits of a value: its own, before those of what it refers to; one that may be null has those of the rest. */
function limitsOf({ $ref, anyOf = [], ...own }) {
  const limits = Object.entries(own).filter(([name]) => LIMITS.includes(name));
  const others = $ref ? [components.schemas[nameOf($ref)]] : anyOf;
  return Object.assign({}, ...others.map(limitsOf), Object.fromEntries(limits));
}

/** One constant each, so that a page is shipped with those that it uses. */
function constant(name, schemas) {
  const limited = Object.entries(schemas)
    .map(([member, schema]) => [member, limitsOf(schema)])
    .filter(([, limits]) => Object.keys(limits).length > 0);
  return limited.length > 0 ? [`export const ${name} = ${JSON.stringify(Object.fromEntries(limited))};`] : [];
}

function nameOf(ref) {
  return ref.split("/").at(-1);
}

const lines = Object.values(paths)
  .flatMap((path) => Object.values(path))
  .flatMap(({ operationId, parameters = [], requestBody }) => {
    const asked = parameters.filter((one) => one.in === "query" && !PAGING.includes(one.name));
    const ref = requestBody?.content["application/json"]?.schema.$ref;
    const body = ref && nameOf(ref);
    return [
      ...constant(operationId, Object.fromEntries(asked.map((one) => [one.name, one.schema]))),
      ...(body ? constant(body, components.schemas[body].properties ?? {}) : []),
    ];
  });
writeFileSync(here("src/api/limits.ts"), `${[...new Set(lines)].join("\n")}\n`);
