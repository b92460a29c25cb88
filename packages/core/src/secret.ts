/** A token in a box: printing, serialising or cloning the box never shows the token. */
export interface Secret {
  /** The token itself. Call it right where the token is sent, and nowhere else. */
  reveal(): string
}

/** Puts a token into a {@link Secret}. */
export function secret(value: string): Secret {
  return new SecretBox(value)
}

// A class, against the house rule, because a private field is the one thing that inspection,
// JSON and structuredClone cannot see.
class SecretBox implements Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]'
  }
}
