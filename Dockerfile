# docker build --target bot -t aplomb-bot . && docker build --target nlu -t aplomb-nlu .

FROM python:3.11-slim AS bot
ENV PYTHONUNBUFFERED=1 UV_LINK_MODE=copy UV_NO_CACHE=1 PATH=/aplomb/.venv/bin:$PATH
RUN pip install --no-cache-dir uv==0.13.9 && useradd --uid 10001 --create-home aplomb
WORKDIR /aplomb
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --python /usr/local/bin/python3
COPY bot bot
COPY connectors connectors
COPY policies policies
COPY sandbox sandbox
COPY config.yml LICENSE NOTICE ./
RUN install -d -o 10001 var
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=10s --start-period=20s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health/live', timeout=3)"]
CMD ["python", "-m", "bot", "web"]

FROM python:3.10-slim AS nlu
ENV PYTHONUNBUFFERED=1 UV_LINK_MODE=copy UV_NO_CACHE=1 PATH=/aplomb/intents/.venv/bin:$PATH
RUN pip install --no-cache-dir uv==0.13.9 && useradd --uid 10001 --create-home aplomb
WORKDIR /aplomb
COPY intents/pyproject.toml intents/uv.lock intents/
RUN uv sync --directory intents --frozen --no-dev --python /usr/local/bin/python3
COPY intents intents
COPY config.yml LICENSE NOTICE ./
RUN python -m intents.train --config config.yml --data intents/data --out var/models
USER 10001
EXPOSE 5005
HEALTHCHECK --interval=10s --start-period=60s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5005/status', timeout=3)"]
CMD ["python", "-m", "intents.server", "--host", "0.0.0.0", "--port", "5005", "--model", "var/models"]
