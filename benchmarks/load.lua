-- wrk -s load.lua URL -- METHOD BODY UPLOAD: sends one fixed request, prints one line of JSON.
-- wrk builds a request once when no `request` function is given here.

function init(args)
  wrk.method = args[1]
  local upload = tonumber(args[3])
  if upload > 0 then
    wrk.body = string.rep("x", upload)
  elseif args[2] ~= "" then
    wrk.body = args[2]
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "wrong": %d, "p50": %.1f, "p99": %.1f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
