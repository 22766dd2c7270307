# This commit and the packages of the lock files:
#   docker build --tag erac-vaml . && docker run --rm --volume "$PWD/results:/erac-vaml/results" erac-vaml make demo
FROM python:3.11-slim
COPY .git /source/.git
RUN apt-get update && apt-get install --yes --no-install-recommends git make && rm -rf /var/lib/apt/lists/*
RUN git config --system safe.directory '*' && git clone --quiet /source /erac-vaml
RUN make -C /erac-vaml .venv/.complete
ENV PATH=/erac-vaml/.venv/bin:$PATH
WORKDIR /erac-vaml
CMD ["make", "test"]
