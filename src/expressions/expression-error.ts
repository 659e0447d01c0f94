/** An expression that cannot be evaluated. `code` is a slug such as `expression/failed` or `expression/null`. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
