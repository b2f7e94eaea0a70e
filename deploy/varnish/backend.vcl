# Where the gateway is.
backend default {
  .host = "gateway";
  .port = "8000";
  .connect_timeout = 1s;
  .first_byte_timeout = 30s;
}
