/** The types of the TypeScript client out of the OpenAPI document: one entry for each route that answers JSON. */

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Route>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Route {
  readonly summary?: string;
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly description?: string;
}

const JSON_TYPE = 'application/json';

/** The whole file, not yet formatted. */
export function clientTypes({ paths, components }: OpenApi): string {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, route]) => {
      const text = routeText(route);
      return text === null ? [] : [`${note(route.summary)}'${method.toUpperCase()} ${path}': ${text};`];
    }),
  );
  return [
    '/**',
    ' * What may be asked over HTTP and what is answered, out of `/openapi.json`.',
    ' * Written by `npx vitest run --project tidy -u`; a change by hand is undone.',
    ' */',
    ...Object.entries(components.schemas).map(
      ([name, schema]) => `\n${note(schema.description)}export type ${name} = ${typeText(schema)};`,
    ),
    '\nexport interface Routes {',
    ...routes,
    '}',
    '',
  ].join('\n');
}

function routeText({ parameters = [], requestBody, responses }: Route): string | null {
  const answers = ['200', '201'].flatMap((status) => {
    const schema = responses[status]?.content?.[JSON_TYPE]?.schema;
    return schema === undefined ? [] : [typeText(schema)];
  });
  if (answers.length === 0) return null;
  const body = requestBody?.content[JSON_TYPE]?.schema;
  const query = parameters.filter((each) => each.in === 'query');
  const members = [
    ...(body === undefined ? [] : [`readonly body: ${typeText(body)};`]),
    ...(query.length === 0
      ? []
      : [
          `readonly query: {${query
            .map(
              ({ name, required, schema }) =>
                `readonly ${name}${required === true ? '' : '?'}: ${typeText(schema)};`,
            )
            .join('')}};`,
        ]),
    `readonly answer: ${[...new Set(answers)].join(' | ')};`,
  ];
  return `{\n${members.join('\n')}\n}`;
}

const note = (text: string | undefined): string =>
  text === undefined ? '' : `/** ${text.replaceAll('*/', '*\\/')} */\n`;

function typeText(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? 'unknown';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' | ');
  if (schema.allOf !== undefined) return schema.allOf.map((each) => `(${typeText(each)})`).join(' & ');
  if (typeof schema.type === 'object') {
    return schema.type.map((type) => typeText({ ...schema, type })).join(' | ');
  }
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `readonly (${schema.items === undefined ? 'unknown' : typeText(schema.items)})[]`;
    case 'object':
      return objectText(schema);
    default:
      return 'unknown';
  }
}

function objectText({ properties, required = [], patternProperties }: Schema): string {
  if (properties === undefined) {
    const [value] = Object.values(patternProperties ?? {});
    return `Readonly<Record<string, ${value === undefined ? 'unknown' : typeText(value)}>>`;
  }
  if (Object.keys(properties).length === 0) return 'Readonly<Record<string, never>>';
  const members = Object.entries(properties).map(
    ([name, schema]) =>
      `${note(schema.description)}readonly ${/^\w+$/.test(name) ? name : JSON.stringify(name)}${
        required.includes(name) ? '' : '?'
      }: ${typeText(schema)};`,
  );
  return `{\n${members.join('\n')}\n}`;
}
