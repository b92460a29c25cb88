/** A JSON object whose members are not ours to know. */
export type JsonObject = Readonly<Record<string, unknown>>
