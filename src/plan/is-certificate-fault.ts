/** Whether an error's code says that a server's certificate is not trusted, or not its own, or that it does not speak TLS. */
export function isCertificateFault(code: string | undefined): boolean {
  return code !== undefined && /CERT|ERR_SSL|EPROTO|SELF_SIGNED|ALTNAME|UNABLE_TO_VERIFY/.test(code);
}
