/** Reading JSON whose shape is not certain: bodies of older entries, files from elsewhere. What is not there is null or empty. */
import type { Json } from './canonical-json.ts';
import type { JsonObject } from './ledger-entry.ts';

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectIn = (value: Json | undefined): JsonObject | null => (isJsonObject(value) ? value : null);
export const textIn = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
export const numberIn = (value: Json | undefined): number | null =>
  typeof value === 'number' ? value : null;

/** The members of a list that are objects. */
export const objectsIn = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : [];

/** `notConditionOfPurchase` -> `not_condition_of_purchase`, for the names of one object; what is inside stays as it is. */
export const snakeNames = (object: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
