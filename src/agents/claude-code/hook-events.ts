/** An event as Claude Code gives it to a hook on stdin, of a session that does not exist: enough to see that the hook runs. */
export function syntheticEvent(event: string): object {
  const common = {
    session_id: "00000000-0000-4000-8000-000000000000",
    transcript_path: "/nonexistent/transcript.jsonl",
    cwd: "/",
    permission_mode: "bypassPermissions",
    hook_event_name: event,
  };
  if (event === "UserPromptSubmit") return { ...common, prompt: "A prompt that nobody gave." };
  if (event === "SessionStart") return { ...common, source: "startup" };
  if (/ToolUse|Permission/.test(event))
    return {
      ...common,
      tool_name: "Bash",
      tool_input: { command: "true", description: "Nothing" },
      tool_response: { stdout: "", stderr: "", interrupted: false, isImage: false },
      tool_use_id: "toolu_00000000000000000000000",
    };
  return common;
}
