#!/bin/sh
# Finds notes.
echo found
