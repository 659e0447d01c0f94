/** Ends every process that tools keep open in this worker. */
export async function closeTools(): Promise<void> {
  const { closeMcpServers } = await import("./mcp-pool.ts");
  await closeMcpServers();
}
