// Draws the OpenAPI document. Everything from the document goes into the page as text, never as markup.
"use strict";

function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  for (const child of children) if (child != null) node.append(child);
  return node;
}

/** A text in which `backticks` mean code. */
function prose(name, attributes, text) {
  const parts = (text || "").split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
  return element(name, attributes, ...parts);
}

/** A schema as an example of its shape. */
function example(api, schema, depth = 0) {
  if (!schema || depth > 6) return null;
  if (schema.$ref) return example(api, api.components.schemas[schema.$ref.split("/").pop()], depth + 1);
  if (schema.example !== undefined) return schema.example;
  const choice = (schema.oneOf || schema.anyOf || schema.allOf || []).find((s) => s.type !== "null");
  if (choice) return example(api, choice, depth + 1);
  const type = Array.isArray(schema.type) ? schema.type.find((t) => t !== "null") : schema.type;
  if (schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties).map(([k, v]) => [k, example(api, v, depth + 1)]));
  }
  if (type === "array") return [example(api, schema.items, depth + 1)];
  if (type === "integer" || type === "number") return schema.minimum || 0;
  if (type === "boolean") return true;
  if (type === "object") return {};
  return schema.enum ? schema.enum[0] : schema.format || "text";
}

function shape(api, content) {
  return Object.entries(content || {}).map(([type, { schema }]) => {
    const json = type.includes("json") && schema;
    return element("div", {}, element("div", { class: "quiet" }, type),
      json ? element("pre", {}, JSON.stringify(example(api, schema), null, 2)) : null);
  });
}

function operation(api, path, method, op) {
  const scopes = (op.security || []).flatMap((s) => s.organizer || []);
  const body = element("div", {},
    prose("p", {}, op.description),
    scopes.length ? element("p", {}, "Scope: ", element("code", {}, scopes.join(", "))) : null);
  if (op.parameters && op.parameters.length) {
    body.append(element("table", {}, ...op.parameters.map((p) => element("tr", {},
      element("td", {}, element("code", {}, p.name)),
      element("td", { class: "quiet" }, p.in + (p.required ? ", required" : "")),
      prose("td", {}, p.description)))));
  }
  if (op.requestBody) body.append(element("h4", {}, "Request"), ...shape(api, op.requestBody.content));
  for (const [status, answer] of Object.entries(op.responses)) {
    const problem = Object.keys(answer.content || {}).includes("application/problem+json");
    const line = element("p", {}, element("code", {}, status), " ", prose("span", {}, answer.description));
    body.append(problem ? element("div", { class: "quiet" }, line) : element("div", {}, line, ...shape(api, answer.content)));
  }
  return element("details", {},
    element("summary", {}, element("span", { class: "method " + method }, method.toUpperCase()),
      element("code", {}, path), prose("span", { class: "quiet" }, op.summary)), body);
}

async function draw() {
  const api = await (await fetch("/api/openapi.json")).json();
  const main = document.getElementById("main");
  main.replaceChildren(
    element("h1", {}, api.info.title + " API"),
    element("p", { class: "quiet" }, "Version " + api.info.version + " · ",
      element("a", { href: "/api/openapi.json" }, "/api/openapi.json")),
    ...api.info.description.split("\n\n").map((text) => prose("p", {}, text)));
  for (const tag of api.tags) {
    main.append(element("h2", {}, tag.name), element("p", { class: "quiet" }, tag.description));
    for (const [path, item] of Object.entries(api.paths)) {
      for (const [method, op] of Object.entries(item)) {
        if ((op.tags || []).includes(tag.name)) main.append(operation(api, path, method, op));
      }
    }
  }
}

draw();
